/* SPDX-License-Identifier: GPL-2.0 */
/* For cppcheck, which is not given the headers of the system. */
#define json_array_foreach(array, index, value) \
	for (index = 0; (value = json_array_get(array, index)); index++)
#define json_object_foreach(object, key, value) \
	for (key = json_first(object); (value = json_object_get(object, key)); \
	     key = json_next(object, key))
#define json_object_foreach_safe(object, n, key, value) \
	json_object_foreach(object, key, value)
